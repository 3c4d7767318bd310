"""What is known of Zoom; nothing here knows Airflow.

Read it in this order: `errors` (what can go wrong), `http` (a request and its answer as values),
`addresses` (Zoom's hosts, JIDs and links), `arguments` (what a caller may give), the three doors
`team_chat`, `chatbot` and `webhook` (arguments to requests), `auth` (tokens and signatures),
`answers` (answers to values or errors), `hints` (what to do about each of Zoom's codes), `retry`
(when to try again).

What is said: `text` (words with formats and mentions, and how each door writes them), `cards`
(builders, and what becomes of a card), `tables` (rows to be shown), `files`, `upload` and
`redirects`. Who and where: `users`, `contacts` and `channels`.

All of these are pure but `files`, which looks at the disk; `deadline`, `watch`, `session`,
`transport` and `client` alone touch the network, the clock and threads.
"""
