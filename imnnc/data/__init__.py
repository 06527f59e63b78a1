"""Loaders of training and test data: IDX, `.npz`, CSV, and the sets that have a name."""

from imnnc.data.dataset import Dataset, data_files, load_dataset
from imnnc.data.sources import set_names

__all__ = ["Dataset", "data_files", "load_dataset", "set_names"]
