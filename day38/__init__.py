"""Day 38: see inside a PyTorch model, watch it train, put it to use.

This is the core. `day38.plotting` draws pictures, `day38.explorer` makes a page that one can touch,
`day38.exercises` asks questions, `day38.chapters` holds an experiment each; all are imported by
themselves.
"""

from day38.data import TabularData, load_iris, split_table
from day38.evaluation import Evaluation, evaluate
from day38.inference import ModelFileError, Predictor, RangeWarning
from day38.layers import layers_of
from day38.model import IrisMLP, count_parameters
from day38.recording import Snapshots, Validation
from day38.speed import compare_speed
from day38.training import History, pick_device, train

__version__ = "0.3.0"

__all__ = [
    "Evaluation",
    "History",
    "IrisMLP",
    "ModelFileError",
    "Predictor",
    "RangeWarning",
    "Snapshots",
    "TabularData",
    "Validation",
    "compare_speed",
    "count_parameters",
    "evaluate",
    "layers_of",
    "load_iris",
    "pick_device",
    "split_table",
    "train",
]
