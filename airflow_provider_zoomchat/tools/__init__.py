"""The command `zoomchat`: a part for each thing that it does. The runtime imports none of it."""
