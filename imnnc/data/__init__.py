"""Loaders of training and test data: IDX, `.npz`, CSV, and the sets that have a name."""

from imnnc.data.dataset import Dataset, data_files, load_dataset

__all__ = ["Dataset", "data_files", "load_dataset"]
