"""A Whisper model of one layer, sixteen wide, made here: whatever it hears is "billing".

It is no use for understanding, and is loaded and run by faster-whisper as any other is.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

WIDTH: Final = 16
MELS: Final = 80
FRAMES: Final = 1500
CONTEXT: Final = 448
WORDS: Final = ("?", "billing", "support", "yes", "no")
SPECIAL: Final = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    *(f"<|{at * 0.02:.2f}|>" for at in range(FRAMES + 1)),
)
TOKENS: Final = (*WORDS, *SPECIAL)
ASKED, SAID, END = (TOKENS.index(name) for name in ("<|notimestamps|>", "billing", SPECIAL[0]))


def write_model(folder: Path) -> None:
    """As a converter would: model.bin, its vocabulary, and the tokenizer."""
    from ctranslate2.specs import WhisperSpec

    folder.mkdir()
    spec: Any = WhisperSpec(1, 1, 1, 1)
    _fill_encoder(spec.encoder)
    _fill_decoder(spec.decoder)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [TOKENS.index("<|en|>")]
    spec.config.alignment_heads = [[0, 0]]
    spec.register_vocabulary(list(TOKENS))
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    _write_tokenizer(folder / "tokenizer.json")


def _fill_encoder(encoder: Any) -> None:
    for conv, inputs in ((encoder.conv1, MELS), (encoder.conv2, WIDTH)):
        conv.weight, conv.bias = _zeros(WIDTH, inputs, 3), _zeros(WIDTH)
    encoder.position_encodings.encodings = _zeros(FRAMES, WIDTH)
    _fill_norm(encoder.layer_norm)
    (layer,) = encoder.layer
    _fill_attention(layer.self_attention, (3, 1))
    _fill_feed_forward(layer.ffn)


def _fill_decoder(decoder: Any) -> None:
    """Each token decides alone what follows: nothing is added to its embedding on the way."""
    embeddings, projection = _zeros(len(TOKENS), WIDTH), _zeros(len(TOKENS), WIDTH)
    embeddings[ASKED, 0] = embeddings[SAID, 1] = 1
    projection[SAID, 0] = projection[END, 1] = 10
    decoder.embeddings.weight, decoder.projection.weight = embeddings, projection
    decoder.position_encodings.encodings = _zeros(CONTEXT, WIDTH)
    _fill_norm(decoder.layer_norm)
    (layer,) = decoder.layer
    _fill_attention(layer.self_attention, (3, 1))
    _fill_attention(layer.attention, (1, 2, 1))
    _fill_feed_forward(layer.ffn)


def _fill_attention(attention: Any, outputs: tuple[int, ...]) -> None:
    _fill_norm(attention.layer_norm)
    for linear, times in zip(attention.linear, outputs, strict=True):
        linear.weight, linear.bias = _zeros(times * WIDTH, WIDTH), _zeros(times * WIDTH)


def _fill_feed_forward(ffn: Any) -> None:
    _fill_norm(ffn.layer_norm)
    for linear in (ffn.linear_0, ffn.linear_1):
        linear.weight, linear.bias = _zeros(WIDTH, WIDTH), _zeros(WIDTH)


def _fill_norm(norm: Any) -> None:
    norm.gamma, norm.beta = np.ones(WIDTH, np.float32), _zeros(WIDTH)


def _zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


def _write_tokenizer(path: Path) -> None:
    words = {token: number for number, token in enumerate(TOKENS)}
    added = [
        {"id": words[token], "content": token, "special": True, "normalized": False}
        | dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
        for token in SPECIAL
    ]
    tokenizer = {
        "version": "1.0",
        "added_tokens": added,
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": words, "unk_token": WORDS[0]},
    }
    path.write_text(json.dumps(tokenizer), encoding="utf-8")
