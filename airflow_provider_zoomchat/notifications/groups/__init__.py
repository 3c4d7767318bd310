"""Alerts that share a message: one for a run that fails, one for what a channel refuses.

``sending`` says which group an alert belongs to, and what a notifier does to its message;
``message`` when that message is posted, edited and marked as recovered, and ``summary`` what it
says. ``group`` is what one callback knows, its failure among it, and ``status`` what all of them
share; ``state`` reads and writes that in Airflow, with claims, and ``timeouts`` says for how long.
``flood`` counts the messages of a channel and sums up what is too much for it.
"""
