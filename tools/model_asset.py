"""Make `day38/iris_mlp.pt`: the lesson's model, trained by the lesson's recipe."""

import sys

import torch

from day38 import IrisMLP, ModelFileError, Predictor, load_iris, train
from tools.outputs import ROOT

PATH = ROOT / "day38" / "iris_mlp.pt"
SEED = 42
EPOCHS = 20_000
LEARNING_RATE = 0.01
# What a card says about the moment and the machine, not about the model.
PASSING = ("date", "python", "torch")


def make() -> Predictor:
    """Train as the notebooks do and return the predictor."""
    iris = load_iris(seed=SEED)
    torch.manual_seed(SEED)
    model = IrisMLP()
    train(model, [iris.train], epochs=EPOCHS, learning_rate=LEARNING_RATE)
    notes = {
        "split": f"train_test_split(test_size=0.2, random_state={SEED})",
        "seed": SEED,
        "epochs": EPOCHS,
        "learning_rate": LEARNING_RATE,
    }
    return Predictor(model, iris, notes=notes)


def same(one: Predictor, other: Predictor) -> bool:
    """Tell whether two predictors say the same of the same flowers, and of themselves."""
    lasting = [{k: v for k, v in p.card.items() if k not in PASSING} for p in (one, other)]
    rows = load_iris(seed=SEED).scaler.inverse_transform(load_iris(seed=SEED).test[0])
    differences = abs(one.predict_proba(rows) - other.predict_proba(rows))
    return lasting[0] == lasting[1] and differences.max() < 1e-4


def main() -> int:
    """Write the file, unless what is there already is the same apart from its date."""
    made = make()
    try:
        if same(Predictor.load(PATH), made):
            print(f"{PATH.name} 没有变化。")
            return 0
    except ModelFileError:
        pass  # not there yet, or of an older format
    made.save(PATH)
    print(f"已写好 {PATH}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
