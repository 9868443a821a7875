"""What a classifier learns from: rows of numbers with a label, of a file or made by a seed."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional

import torch

from .batches import Batch, draw
from .errors import DataError

# What a column may hold: the model takes 32 bits.
LARGEST = torch.finfo(torch.float32).max
MADE_FEATURES = 16
MADE_CLASSES = 4


@dataclass(frozen=True)
class Row:
    line: int
    features: list[float]
    label: str


class TableData:
    def __init__(self, features: torch.Tensor, labels: torch.Tensor, classes: list[str]) -> None:
        self._features = features
        self._labels = labels
        self.classes = classes
        self.size = features.shape[0]
        self.columns = features.shape[1]
        self.mean = features.mean(0)
        # A column that says the same in every row is left as it is.
        deviation = features.std(0, unbiased=False)
        self.deviation = torch.where(deviation > 0, deviation, torch.ones_like(deviation))

    def batch(self, generator: torch.Generator, size: int) -> Batch:
        rows = draw(self.size, size, generator)
        return self._features[rows], self._labels[rows]


def read_table(path: str) -> TableData:
    """Rows of CSV, the label last, with or without a line of names; or lines of JSON,
    `{"features": [0.5, 2], "label": "spam"}`. A label is a word or a number.

    Raises DataError.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = enumerate(file, 1)
            first = next(((number, line) for number, line in lines if line.strip()), None)
            if first is None:
                raise DataError(f"{path} has no rows")
            file.seek(0)
            read = _json_rows if first[1].lstrip().startswith("{") else _csv_rows
            rows = list(_same_width(path, read(path, file)))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8") from error
    classes = sorted({row.label for row in rows}, key=_order)
    _check_classes(path, len(rows), len(classes))
    place = {name: index for index, name in enumerate(classes)}
    features = torch.tensor([row.features for row in rows], dtype=torch.float32)
    return TableData(features, torch.tensor([place[row.label] for row in rows]), classes)


def made_table(samples: int, seed: int) -> TableData:
    """Points around the centres of four clouds, which overlap a little."""
    generator = torch.Generator()
    generator.manual_seed(seed)
    centres = torch.randn(MADE_CLASSES, MADE_FEATURES, generator=generator)
    labels = torch.arange(samples) % MADE_CLASSES
    features = centres[labels] + 0.8 * torch.randn(samples, MADE_FEATURES, generator=generator)
    return TableData(features, labels, [str(index) for index in range(MADE_CLASSES)])


def _csv_rows(path: str, file: Iterator[str]) -> Iterator[Row]:
    reader = csv.reader(file, strict=True)
    is_first = True
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            features = [_number(field) for field in fields[:-1]]
            # The first line may hold the names of the columns.
            is_header = is_first and len(fields) > 1 and all(feature is None for feature in features)
            is_first = False
            if not is_header:
                yield _row(path, reader.line_num, features, fields[-1].strip())
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: not CSV: {error}") from error


def _json_rows(path: str, file: Iterator[str]) -> Iterator[Row]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            given = json.loads(text)
        except ValueError as error:
            raise DataError(f"{path}, line {line}: not JSON") from error
        features = given.get("features") if isinstance(given, dict) else None
        label = given.get("label") if isinstance(given, dict) else None
        if not isinstance(features, list) or isinstance(label, bool) or not isinstance(label, (str, int)):
            raise DataError(
                f'{path}, line {line}: must be {{"features": [numbers], "label": a word or a whole number}}'
            )
        numbers = [x if isinstance(x, (int, float)) and not isinstance(x, bool) else None for x in features]
        yield _row(path, line, numbers, str(label))


def _row(path: str, line: int, features: list[Optional[float]], label: str) -> Row:
    if not features:
        raise DataError(f"{path}, line {line}: needs a number and a label at least")
    if not label:
        raise DataError(f"{path}, line {line}: the label is empty")
    for column, x in enumerate(features, 1):
        # Not so of NaN, either. Asked before it is made a float: a whole number in JSON may have any length.
        if x is None or not abs(x) <= LARGEST:
            raise DataError(f"{path}, line {line}, column {column}: not a finite number of 32 bits")
    return Row(line, [float(x) for x in features if x is not None], label)


def _same_width(path: str, rows: Iterator[Row]) -> Iterator[Row]:
    first: Optional[Row] = None
    for row in rows:
        first = first or row
        if len(row.features) != len(first.features):
            found, wanted = len(row.features), len(first.features)
            raise DataError(f"{path}, line {row.line}: has {found} numbers and a label; line {first.line} has {wanted}")
        yield row


def _check_classes(path: str, rows: int, classes: int) -> None:
    if rows == 0:
        raise DataError(f"{path} has no rows")
    if classes < 2:
        raise DataError(f"{path}: every row has the same label; there is nothing to learn")
    if classes > 2 and classes > rows / 2:
        raise DataError(f"{path} has {classes} labels in {rows} rows; is the label the last column?")


def _number(field: str) -> Optional[float]:
    try:
        return float(field)
    except ValueError:
        return None


def _order(label: str) -> tuple[int, int, str]:
    """Whole numbers by their size, then words."""
    try:
        return 0, int(label), label
    except ValueError:
        return 1, 0, label
