"""What the use of a model costs: `Predictor` against the bare forward pass and scikit-learn.

Each way takes turns with the bare forward pass, one call each, on a machine that others use too;
the median of the ratios of the turns is reported. The rows are
float64 arrays in centimetres, as people have them; the bare forward pass gets them ready-made, as
a scaled float32 tensor, so everything else that `Predictor` does counts against it.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy
import torch
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from benchmarks.reporting import Row, command_line, save, show
from day38 import IrisMLP, Predictor, load_iris

START = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
STARTS = {
    "predict --help (no PyTorch)": "import day38.__main__, day38.predict_command",
    "import torch": "import torch",
    "import day38.inference": "import day38.inference",
    "... and predict one flower": (
        "from day38.inference import Predictor; from day38.predict_command import MODEL; "
        "Predictor.load(MODEL).predict([6.2, 2.2, 4.5, 1.5])"
    ),
}


def paired_ratio(first: Callable[[], object], other: Callable[[], object], turns: int) -> float:
    """Return the median, over turns, of the second way's time divided by the first's."""
    ratios = []
    for turn in range(turns + 3):
        seconds = []
        for way in (first, other):
            way()  # untimed: whatever ran before must not cool the caches for this one
            started = time.perf_counter()
            way()
            seconds.append(time.perf_counter() - started)
        if turn >= 3:  # the first turns warm up
            ratios.append(seconds[1] / seconds[0])
    return statistics.median(ratios)


def flowers(rows: int) -> numpy.ndarray:
    """Return real flowers of the training range, over and over, `rows` of them."""
    iris = load_iris()
    training = iris.scaler.inverse_transform(iris.train[0].double().numpy())
    return numpy.tile(training, (-(-rows // len(training)), 1))[:rows]


def ways_for(rows: int) -> dict[str, Callable[[], object]]:
    """Return what is compared for one size."""
    iris = load_iris()
    torch.manual_seed(42)
    model = IrisMLP().eval()
    predictor = Predictor(model, iris)
    table = flowers(rows)
    scaled = torch.tensor(iris.scaler.transform(table), dtype=torch.float32)
    data, species = datasets.load_iris(return_X_y=True)
    names = numpy.array(iris.class_names)[species]
    linear = make_pipeline(MinMaxScaler(), LogisticRegression()).fit(data, names)
    network = make_pipeline(MinMaxScaler(), MLPClassifier((10,), max_iter=20, random_state=0))
    network.steps[-1][1].set_params(tol=1.0)
    network.fit(data, names)

    @torch.no_grad()
    def forward() -> torch.Tensor:
        return model(scaled)

    @torch.inference_mode()
    def forward_inference() -> torch.Tensor:
        return model(scaled)

    @torch.no_grad()
    def one_by_one() -> list[torch.Tensor]:
        return [model(row[None]) for row in scaled]

    ways: dict[str, Callable[[], object]] = {
        "forward": forward,
        "inference_mode": forward_inference,
        "Predictor": lambda: predictor.predict(table),
        "Predictor, proba": lambda: predictor.predict_proba(table),
        "sklearn linear": lambda: linear.predict(table),
        "sklearn MLP": lambda: network.predict(table),
    }
    if rows <= 1000:
        ways["row by row"] = one_by_one
    return ways


def start_seconds(code: str) -> float:
    """Return how long a fresh Python takes for `code`, its own start not counted."""
    command = [sys.executable, "-c", START.format(code)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the tables, write the figures; return the exit status."""
    options = command_line("推理要花多少时间：前向、Predictor、scikit-learn、逐行").parse_args(
        arguments
    )
    torch.set_num_threads(1)
    sizes = {1: 1000, 30: 500, 1000: 200, 10**6: 5}
    table: list[Row] = []
    for rows, turns in list(sizes.items())[: 2 if options.quick else None]:
        ways = ways_for(rows)
        turns = 5 if options.quick else turns
        ratios = {name: paired_ratio(ways["forward"], way, turns) for name, way in ways.items()}
        table.append({"rows": f"{rows:,}", **ratios})
    show("Time, as a multiple of the bare forward pass", table, table[2 if len(table) > 2 else 0])

    repeats = 1 if options.quick else 5
    seconds: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(repeats):
        for name, code in STARTS.items():
            seconds[name].append(start_seconds(code))
    torch_seconds = statistics.median(seconds["import torch"])
    starts: list[Row] = [
        {"start": name, "× import torch": statistics.median(values) / torch_seconds}
        for name, values in seconds.items()
    ]
    show("Start of the command line", starts, starts[0])
    save(options.json, {"ratios": table, "starts": starts})
    return 0


if __name__ == "__main__":
    sys.exit(main())
