"""Tables with hostile names, and the models that tests of pictures fit to them."""

from __future__ import annotations

#: Mathematics, markup, quotes, a color, a line break and no end.
HOSTILE = "$x_1$ <script>alert(1)</script> & \"'\n#1f5fd0 ]]> " + 300 * "long"
TARGET = "<y> $^2$"
COUNTS = [i / 7 for i in range(60)]
TABLES = {
    "curve": {HOSTILE: COUNTS, TARGET: [v * v - 3 * v for v in COUNTS]},
    "classes": {HOSTILE: COUNTS, TARGET: [f"<{int(v) % 3}>$" for v in COUNTS]},
    "two_classes": {HOSTILE: COUNTS, TARGET: ["<b>" if v > 3 else "$a$" for v in COUNTS]},
    "surface": {
        HOSTILE: COUNTS,
        "b\t$": [i % 11 for i in range(60)],
        TARGET: [v - i % 11 for i, v in enumerate(COUNTS)],
    },
    "map": {
        HOSTILE: COUNTS,
        "b\t$": [i % 11 for i in range(60)],
        TARGET: ["<b>" if v > i % 11 else "$a$" for i, v in enumerate(COUNTS)],
    },
    "mixed": {
        HOSTILE: COUNTS,
        "colour": [["red", "<i>blue</i>", "$"][i % 3] for i in range(60)],
        "third": [i % 7 for i in range(60)],
        TARGET: [v * (1 + i % 3) for i, v in enumerate(COUNTS)],
    },
    "related": {
        HOSTILE: COUNTS,
        "$also$": [v + i % 3 for i, v in enumerate(COUNTS)],
        TARGET: [v * v for v in COUNTS],
    },
}
MODELS = {
    "curve": ("curve", {"network": "mlp", "widths": [4], "epochs": 12}),
    "line": ("curve", {"network": "linear", "split": "none", "epochs": 4}),
    "classes": ("classes", {"network": "mlp", "widths": [4], "epochs": 12}),
    "two_classes": ("two_classes", {"network": "linear", "epochs": 3}),
    "surface": ("surface", {"network": "linear", "epochs": 3}),
    "map": ("map", {"network": "mlp", "widths": [4], "activation": "maxout", "epochs": 3}),
    "ensemble": ("mixed", {"epochs": 2}),
    "resnet": ("mixed", {"network": "resnet", "block_width": 8, "epochs": 2}),
    "wide": (
        "mixed",
        {"network": "mlp", "widths": [40, 3], "epochs": 2, "category_encoding": "embedding"},
    ),
    "related": ("related", {"network": "mlp", "widths": [4], "epochs": 3}),
    "solved": ("mixed", {"network": "linear", "optimizer": "exact"}),
}
