"""copydesk keeps the record of what the news said.

Every version of every article, which copies are the same story, what the
publishers corrected, and who still carries the error. Start reading in
:mod:`copydesk.pipeline`.
"""

__version__ = "0.1.0"
