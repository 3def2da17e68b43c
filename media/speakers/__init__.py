"""Engines that speak, beside espeak-ng. Each is an entry point of the group `sentral.speech`.

The entry point is called without arguments and gives a function of text and voice, which blocks
and returns 16-bit mono samples with their rate in Hz; it raises `media.speech.SpeechError`. It runs
in the process that renders prompts, never in the one that serves calls.

If the function has an attribute `stream`, that is called for texts that a caller waits for: a
function of text, voice and `heard`, which is to be told each piece (samples, rate in Hz) as soon as
it is spoken. A process that speaks is killed when nobody listens any more.
"""
