"""The PyTorch side that `latentgpu export --to torch` writes, for the scripts beside this one."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "src/export/torch"))

from model import build, picture_of  # noqa: E402, F401
from train_ddp import read_safetensors  # noqa: E402, F401
