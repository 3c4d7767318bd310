"""Zoom's APIs; nothing here imports Airflow.

Read it in this order: `errors` (what can go wrong), `http` (a request and its answer as values),
`addresses` (hosts, ids, JIDs and links), `validation` (what a caller may give), Zoom's three APIs
`team_chat`, `chatbot` and `webhook` (arguments to requests), `auth` (tokens and signatures), `seal`
and `shared_token` (one token for many processes), `responses` (answers to values or errors) with
`error_codes` (what Zoom's codes mean), `retry` (when to try again, and how long limits hold),
`threads`, `posted` and `answers` (replies, whether a message was posted, which reply is an answer),
`masking` and `sanitize` (other people's texts), then `deadline`, `session`, `transport` and
`client` (the call itself).

What is sent: `text` (words with formats and mentions, and how each API writes them), `cards`
(builders, and what becomes of a card), `tables` (rows to be shown) and `files`. Who and where:
`users` and `channels`.

Pure are all but `files`, which looks at the disk, and `deadline`, `session`, `transport`,
`shared_token`, `retry` and `client`, which touch the network, the clock and threads.
"""
