import torch
from torch.utils.data import random_split


def split_candles(candles):
    shuffled = candles.sample(frac=1.0, random_state=3)  # expect: M04
    cut = int(len(shuffled) * 0.8)
    return shuffled.iloc[:cut], shuffled.iloc[cut:]


def split_dataset(dataset):
    generator = torch.Generator().manual_seed(3)
    return random_split(dataset, [0.8, 0.2], generator=generator)  # expect: M04
