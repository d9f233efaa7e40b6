"""Ten tables that ship with packages: numbers, words, a date and holes, as they were collected.

Of scikit-learn: six that it loads, and two of the OpenML tables in its own tests. Of mlxtend the
cars, and of matplotlib the prices of shares.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch_impl.data.tasks import RequestedTask


@dataclass(frozen=True)
class Source:
    """A table and the columns to predict.

    Attributes:
        name: of the table; its ending is the file's.
        target: the columns to predict.
        frame: makes the table, a pandas.DataFrame.
        task: of the training, where the target alone does not tell it.
        date_parts: of a date, beside its days; None takes all.
    """

    name: str
    target: tuple[str, ...]
    frame: Callable[[], Any]
    task: RequestedTask = "auto"
    date_parts: tuple[str, ...] | None = None

    @property
    def options(self) -> list[str]:
        """Those of the table in a command."""
        target = self.target[0] if len(self.target) == 1 else f"[{','.join(self.target)}]"
        given = ["--data.target", target, "--data.task", self.task]
        if self.date_parts is not None:
            given += ["--data.date_parts", f"[{','.join(self.date_parts)}]"]
        return given

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


def of_openml(number: int) -> Any:
    """Return a table of OpenML's, of which scikit-learn's own tests have the ARFF file."""
    import pandas as pd

    folder = files("sklearn.datasets.tests.data.openml") / f"id_{number}"
    (packed,) = (path for path in folder.iterdir() if path.name.endswith(".arff.gz"))
    text = gzip.decompress(packed.read_bytes()).decode()
    head, rows = re.split(r"^@data\s*$", text, maxsplit=1, flags=re.IGNORECASE | re.MULTILINE)
    names = re.findall(r"^@attribute\s+'?([\w.]+)", head, re.IGNORECASE | re.MULTILINE)
    return pd.read_csv(StringIO(rows), names=names, na_values="?")


def titanic() -> Any:
    """Return the passengers, without the lifeboat and the body's number: those are the outcome."""
    frame = of_openml(40945).drop(columns=["boat", "body"])
    return frame.assign(survived=np.array(["no", "yes"])[frame["survived"]])


def cars() -> Any:
    """Return the cars of mlxtend's file, with words for their origin."""
    import pandas as pd

    path = files("mlxtend.data") / "data" / "autompg.csv.gz"
    names = [
        "cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin",
        "name", "mpg",
    ]  # fmt: skip
    with path.open("rb") as file:
        frame = pd.read_csv(file, names=names, compression="gzip")
    return frame.assign(origin=np.array(["America", "Europe", "Asia"])[frame["origin"] - 1])


def stocks() -> Any:
    """Return the monthly prices of shares, several of which were founded later, and the S&P 500."""
    import pandas as pd
    from matplotlib import get_data_path

    path = Path(get_data_path(), "sample_data", "Stocks.csv")
    frame = pd.read_csv(path, comment="#", parse_dates=["Date"]).dropna(subset=["^GSPC"])
    return frame.drop(columns="^IXIC").rename(columns={"^GSPC": "index"}).reset_index(drop=True)


TABLES = (
    Source("iris.csv", ("target",), lambda: of_sklearn("iris")),
    Source("wine.tsv", ("target",), lambda: of_sklearn("wine")),
    Source("breast_cancer.parquet", ("target",), lambda: of_sklearn("breast_cancer")),
    Source("digits.csv", ("target",), lambda: of_sklearn("digits", named=False)),
    Source("diabetes.csv", ("target",), lambda: of_sklearn("diabetes", named=False),
           "regression"),
    Source("linnerud.csv", ("Weight", "Waist", "Pulse"),
           lambda: of_sklearn("linnerud", named=False), "regression"),
    Source("titanic.csv", ("survived",), titanic),
    Source("penguins.xlsx", ("species",), lambda: of_openml(42585)),
    Source("cars.parquet", ("mpg",), cars, "regression"),
    Source("stocks.csv", ("index",), stocks, "regression", date_parts=()),
)  # fmt: skip
NAMES = tuple(source.name for source in TABLES)
