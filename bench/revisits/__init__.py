"""Re-visits in virtual time, beside the rules of other projects."""
