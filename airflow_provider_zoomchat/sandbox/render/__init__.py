"""What a message looks like.

A message is read into the small tree of :mod:`.tree`: a user's text by :mod:`.text`, Zoom's
Markdown by :mod:`.zoom_markdown`, a card by :mod:`.cards`. The tree is shown as HTML by
:mod:`.html`, as plain text by :mod:`.plain` and as lines for a terminal by :mod:`.lines`. All of it
is pure.
"""
