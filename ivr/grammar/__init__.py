"""How languages say numbers, dates, times and money: one file each, as names of spoken parts.

A part is a prompt called `part_<word>`; what it sounds like is a text in
`ivr_flows/prompts/<language>.parts.yaml`, or a recording.
"""
