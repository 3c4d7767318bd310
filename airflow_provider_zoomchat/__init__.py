"""Zoom Team Chat for Apache Airflow."""

__version__ = "1.0.0"
