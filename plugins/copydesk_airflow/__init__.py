"""The skin: what copydesk looks like to Airflow. The only package here that imports it."""
