"""Day 38: see inside a PyTorch model, watch it train, put it to use.

The public names of the package, each loaded from its module on first use: ``import day38`` stays
light, and a command line that needs no PyTorch does not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what editors read; a test keeps it equal to _MODULES
    from day38.data import IrisData as IrisData
    from day38.data import load_iris as load_iris
    from day38.digits import DigitCNN as DigitCNN
    from day38.digits import DigitScenes as DigitScenes
    from day38.digits import load_digit_scenes as load_digit_scenes
    from day38.digits import with_mark as with_mark
    from day38.ensemble import train_ensemble as train_ensemble
    from day38.evaluation import Evaluation as Evaluation
    from day38.evaluation import evaluate as evaluate
    from day38.exercises import Exercise as Exercise
    from day38.guesses import compare_guess as compare_guess
    from day38.inference import Predictor as Predictor
    from day38.live import LiveLossCurve as LiveLossCurve
    from day38.model import IrisMLP as IrisMLP
    from day38.model import count_parameters as count_parameters
    from day38.model_file import ModelFileError as ModelFileError
    from day38.plotting import plot_loss as plot_loss
    from day38.plotting import plot_weight_histograms as plot_weight_histograms
    from day38.plotting_maps import plot_activations as plot_activations
    from day38.plotting_maps import plot_weight_heatmaps as plot_weight_heatmaps
    from day38.plotting_network import plot_network as plot_network
    from day38.plotting_network import plot_networks as plot_networks
    from day38.plotting_regions import plot_decision_regions as plot_decision_regions
    from day38.plotting_results import plot_accuracies as plot_accuracies
    from day38.plotting_results import plot_class_maps as plot_class_maps
    from day38.plotting_results import plot_confusion as plot_confusion
    from day38.plotting_results import plot_neighbours as plot_neighbours
    from day38.plotting_speed import plot_epoch_profile as plot_epoch_profile
    from day38.plotting_speed import plot_speed_ladder as plot_speed_ladder
    from day38.rows import RangeWarning as RangeWarning
    from day38.timing import compare_speed as compare_speed
    from day38.training import History as History
    from day38.training import pick_device as pick_device
    from day38.training import train as train

__version__ = "0.1.0"

_MODULES = {
    "DigitCNN": "digits",
    "DigitScenes": "digits",
    "Evaluation": "evaluation",
    "Exercise": "exercises",
    "History": "training",
    "IrisData": "data",
    "IrisMLP": "model",
    "LiveLossCurve": "live",
    "ModelFileError": "model_file",
    "Predictor": "inference",
    "RangeWarning": "rows",
    "compare_guess": "guesses",
    "compare_speed": "timing",
    "count_parameters": "model",
    "evaluate": "evaluation",
    "load_digit_scenes": "digits",
    "load_iris": "data",
    "pick_device": "training",
    "plot_accuracies": "plotting_results",
    "plot_activations": "plotting_maps",
    "plot_class_maps": "plotting_results",
    "plot_confusion": "plotting_results",
    "plot_decision_regions": "plotting_regions",
    "plot_epoch_profile": "plotting_speed",
    "plot_loss": "plotting",
    "plot_neighbours": "plotting_results",
    "plot_network": "plotting_network",
    "plot_networks": "plotting_network",
    "plot_speed_ladder": "plotting_speed",
    "plot_weight_heatmaps": "plotting_maps",
    "plot_weight_histograms": "plotting",
    "train": "training",
    "train_ensemble": "ensemble",
    "with_mark": "digits",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
