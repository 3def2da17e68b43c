"""Call control, where sip, media, ivr and acd meet: one call's story, legs, agents' phones."""
