"""What a message would look like, before Zoom sees it.

Nothing here draws a message by itself: the real operators and notifiers send to a sandbox in this
process, and what arrives there is shown. In reading order: `shown` (what is known in the end, as
values, as text and as a page), `runner` (the sandbox; nothing may reach Zoom), `messages` and
`dag_files` (what is shown), `context` (what templates see) with `placeholders` (what only a run
knows, and what no run knows), `senders` (operators and notifiers) with `stand_ins` (what they need
and only a run has), `storm` (how one message tells of many failures).
"""
