"""Zoom Team Chat for Apache Airflow."""

__version__ = "0.1.0"
