"""A report: a query's result as a table, then a chart and all rows as a CSV file in its thread.

Uses the connection ``zoom_default`` with its default channel, and ``zoom_report_db``, a SQLite
database that the DAG makes itself. To run it::

    pip install 'airflow-provider-zoomchat[examples]'
    export AIRFLOW_CONN_ZOOM_REPORT_DB='{"conn_type": "sqlite", "host": "/tmp/zoom_report.db"}'

Files are sent from the machine that they were made on: a chart is drawn and sent in one task.
"""

from __future__ import annotations

import io
from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, BaseHook, task

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator

BY_REGION = """
    SELECT region, count(*) AS orders, round(sum(price), 2) AS turnover
    FROM orders GROUP BY region ORDER BY turnover DESC
"""

with DAG(
    "zoom_report",
    description="A table, a chart and a CSV file in Zoom Team Chat",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["zoom", "example"],
) as dag:

    @task
    def load_orders() -> None:
        """Make the database: 600 orders of four regions."""
        regions = ("EMEA", "APAC", "LATAM", "NAM")
        orders = [(n, regions[n * n % 4 + n % 3 % 2], 5 + n * 37 % 90) for n in range(600)]
        hook = BaseHook.get_hook("zoom_report_db")
        hook.run(["DROP TABLE IF EXISTS orders", "CREATE TABLE orders (id, region, price)"])
        hook.insert_rows("orders", orders, target_fields=["id", "region", "price"])

    table = SqlToZoomChatOperator(
        task_id="table",
        sql=BY_REGION,
        sql_conn_id="zoom_report_db",
        message="**Orders by region**, {{ ds }}",
        markdown=True,
    )

    @task
    def chart(thread: str) -> str | None:
        """Draw the same figures and post the picture in the table's thread."""
        from matplotlib.figure import Figure

        rows = BaseHook.get_hook("zoom_report_db").get_records(BY_REGION)
        figure = Figure(figsize=(6, 3), layout="constrained")
        axes = figure.subplots()
        axes.barh([str(row[0]) for row in rows], [row[2] for row in rows], color="#0e72ed")
        axes.invert_yaxis()
        axes.set_xlabel("turnover")
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=120)
        return ZoomHook().send_message(
            message="Turnover by region",
            files=[("turnover.png", picture.getvalue())],
            reply_main_message_id=thread,
        )

    rows = SqlToZoomChatOperator(
        task_id="rows",
        sql="SELECT * FROM orders",
        sql_conn_id="zoom_report_db",
        send_as="csv",
        filename="orders_{{ ds }}.csv",
        message="All orders",
        reply_main_message_id=table.output,
    )

    load_orders() >> table >> chart(table.output) >> rows
