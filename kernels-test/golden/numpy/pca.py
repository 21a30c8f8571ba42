#!/usr/bin/env python3
"""Writes ../pca.json: what numpy's singular value decomposition leaves of rows that both sides make by one formula."""
import json
import pathlib

import numpy as np

ROWS, TEST, WIDTH = 300, 100, 70
n = np.arange(ROWS + TEST)[:, None].astype(np.float64)
d = np.arange(WIDTH)[None, :].astype(np.float64)
# Waves of falling size over a hill, and a grain of x -> 75 x mod 65537.
waves = sum(np.sin((k + 1) * (0.7 * n + 0.3 * d * (k + 2)) + k * k) / (k + 1) ** 1.5 for k in range(12))
grain = np.empty((ROWS + TEST) * WIDTH)
x = 1
for i in range(grain.size):
    x = x * 75 % 65537
    grain[i] = x / 65537
x = (np.exp(-(((d - 30) / 12) ** 2)) + 0.3 * waves * np.sin(0.11 * n + 0.05 * d) + 0.1 * grain.reshape(ROWS + TEST, WIDTH)).astype(np.float32)
train, test = x[:ROWS].astype(np.float64), x[ROWS:].astype(np.float64)
mean = train.mean(axis=0)
_, s, v = np.linalg.svd(train - mean, full_matrices=False)
cases = []
for k in (1, 2, 8, 20, 70):
    def mse(rows):
        z = (rows - mean) @ v[:k].T
        return float(((rows - mean - z @ v[:k]) ** 2).mean())
    cases.append({"components": k, "train": mse(train), "test": mse(test), "variance": (s[:k] ** 2 / ROWS).tolist()})
path = pathlib.Path(__file__).parents[1] / "pca.json"
path.write_text(json.dumps({"rows": ROWS, "test": TEST, "width": WIDTH, "total": float(train.var(axis=0).sum()), "cases": cases}, indent=1) + "\n")
