"""Tables that ship with packages, or are made from such: with words, dates and holes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from torch_impl.data.tasks import RequestedTask


@dataclass(frozen=True)
class Source:
    """A table and the columns to predict.

    Attributes:
        name: of the table; its ending is the file's.
        target: the columns to predict.
        frame: makes the table, a pandas.DataFrame.
        task: of the training, where the target alone does not tell it.
    """

    name: str
    target: tuple[str, ...]
    frame: Callable[[], Any]
    task: RequestedTask = "auto"

    @property
    def target_option(self) -> str:
        """What `--data.target` is given."""
        return self.target[0] if len(self.target) == 1 else f"[{','.join(self.target)}]"

    def write(self, folder: Path) -> tuple[Any, str]:
        """Write the file; return the table and the file's path."""
        frame = self.frame()
        if self.name.endswith(".parquet"):
            frame.to_parquet(folder / self.name)
        elif self.name.endswith(".xlsx"):
            frame.to_excel(folder / self.name, index=False)
        else:
            frame.to_csv(folder / self.name, index=False, sep="\t" if ".tsv" in self.name else ",")
        return frame, self.name


def of_sklearn(name: str, named: bool = True) -> Any:
    """Return a table of scikit-learn's, with the names of its classes."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = found.frame.copy()
    if named:
        frame["target"] = np.array(found.target_names)[frame["target"]]
    return frame


def of_mlxtend(name: str) -> Any:
    """Return a table of mlxtend's, whose columns have no names."""
    import pandas as pd
    from mlxtend import data  # pyright: ignore[reportMissingImports]

    x, y = getattr(data, f"{name}_data")()
    return pd.DataFrame(x, columns=[f"x{k}" for k in range(x.shape[1])]).assign(target=y)


def measured_cells() -> Any:
    """Return breast cancer's table with a tenth of its numbers missing, and words for its sizes."""
    frame = of_sklearn("breast_cancer")
    rng = np.random.default_rng(0)
    measures = frame.columns[:-1]
    holes = rng.random((len(frame), len(measures))) < 0.1
    frame["size"] = np.select([frame["mean area"] < 450, frame["mean area"] < 800], ["S", "M"], "L")
    frame[measures] = frame[measures].mask(holes)
    frame.loc[rng.random(len(frame)) < 0.05, "size"] = None
    return frame


def dated_cars() -> Any:
    """Return the cars' table with words for their origin, dates, and holes."""
    import pandas as pd

    frame = of_mlxtend("autompg").drop(columns="x7")
    frame.columns = [
        "cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin", "mpg"
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    frame["origin"] = np.array(["America", "Europe", "Asia"])[frame["origin"].astype(int) - 1]
    first = pd.to_datetime(1900 + frame.pop("year").astype(int), format="%Y")
    frame["built"] = first + pd.to_timedelta(rng.integers(0, 365, len(frame)), "D")
    frame["heavy"] = frame["weight"] > 3000
    for name in ("horsepower", "origin", "weight"):
        frame.loc[rng.random(len(frame)) < 0.1, name] = None
    return frame


TABLES = (
    Source("iris.csv", ("target",), lambda: of_sklearn("iris")),
    Source("wine.tsv", ("target",), lambda: of_sklearn("wine")),
    Source("breast_cancer.parquet", ("target",), lambda: of_sklearn("breast_cancer")),
    Source("digits.csv", ("target",), lambda: of_sklearn("digits", named=False)),
    Source("diabetes.csv", ("target",), lambda: of_sklearn("diabetes", named=False),
           "regression"),
    Source("linnerud.csv", ("Weight", "Waist", "Pulse"),
           lambda: of_sklearn("linnerud", named=False), "regression"),
    Source("boston.csv", ("target",), lambda: of_mlxtend("boston_housing")),
    Source("three_blobs.csv", ("target",), lambda: of_mlxtend("three_blobs")),
    Source("cars.parquet", ("mpg",), dated_cars, "regression"),
    Source("cells.xlsx", ("target",), measured_cells),
)  # fmt: skip
