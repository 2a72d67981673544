"""Pictures that stand still: of a model, of its training, of its results.

Every function takes what it draws, returns a `Picture` (a matplotlib ``Figure`` that shows itself
and describes itself in Chinese), and leaves matplotlib's state alone.
"""

from day38.plotting.loss import LiveLossCurve, plot_loss
from day38.plotting.network import plot_network, plot_networks
from day38.plotting.regions import plot_decision_regions
from day38.plotting.results import plot_accuracies, plot_class_maps, plot_confidence, plot_intervals
from day38.plotting.speed import plot_epoch_profile, plot_speed_ladder, plot_step_times
from day38.plotting.weights import plot_activations, plot_weight_heatmaps, plot_weight_histograms

__all__ = [
    "LiveLossCurve",
    "plot_accuracies",
    "plot_activations",
    "plot_class_maps",
    "plot_confidence",
    "plot_decision_regions",
    "plot_epoch_profile",
    "plot_intervals",
    "plot_loss",
    "plot_network",
    "plot_networks",
    "plot_speed_ladder",
    "plot_step_times",
    "plot_weight_heatmaps",
    "plot_weight_histograms",
]
