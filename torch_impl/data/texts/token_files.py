"""Files of whole numbers, such as texts of tokens."""

from __future__ import annotations

from typing import ClassVar

from torch_impl.data.array_sources import npz_arrays
from torch_impl.data.named_arrays import ArrayNames, found_names
from torch_impl.data.texts.tokens import Texts, TokenData
from torch_impl.training_messages import input_error


class TokenFile(TokenData):
    """Your own .npz file of whole numbers, such as tokens: x (m, T) and labels y (m, T) or (m,).

    A file without labels can only be predicted.

    Args:
        path: of the file.
        x: the name of its examples; None looks for x or x_train, in capitals too.
        y: of their labels; None looks for the y that belongs to that x.
        x_test: of a test set; None looks for x_test beside x_train.
        y_test: of its labels; None looks for y_test.
        kwargs: see `TokenData`.
    """

    path_option: ClassVar[str] = "path"

    def __init__(
        self,
        path: str,
        x: str | None = None,
        y: str | None = None,
        x_test: str | None = None,
        y_test: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.path, self.names = path, ArrayNames(x, y, x_test, y_test)

    @property
    def title(self) -> str:
        """The file's path, by which the data set is named."""
        return self.path

    def load(self) -> tuple[Texts, Texts | None]:
        """Read the file.

        Raises:
            InputError: the file is missing or corrupt, or has other names.
        """
        arrays = npz_arrays(self.path)
        x, y, x_test, y_test = found_names(arrays, self.names, self.path)
        for given, name in ((self.names.y, y), (self.names.y_test, y_test)):
            if given is not None and name not in arrays:
                raise input_error("data.no-array", path=self.path, names=sorted(arrays), name=name)
        test = Texts(arrays[x_test], arrays.get(y_test)) if x_test else None
        return Texts(arrays[x], arrays.get(y)), test
