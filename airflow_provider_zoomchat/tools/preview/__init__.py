"""What a message would look like, before Zoom sees it.

Nothing here draws a message by itself: the real operators and notifiers send to a sandbox in this
process, and what arrives there is shown. In reading order: `shown` (what is known in the end),
`given` (what a person hands over), `safety` (nothing may reach Zoom), `unknown`, `lookups` and
`sample` (what templates see), `stage` (the sandbox, and connections that lead to it), `standins`,
`ours`, `tasks`, `callbacks`, `messages`, `dagfile`, `dags`; and how it is shown: `lengths`,
`lines`, `text`, `page`.
"""
