"""Everything on one machine: the database, Airflow and the sample newspaper as supervised processes."""
