import torch
from torch import nn


class Scorer:
    def __init__(self, net: nn.Module):
        self.net = net
        self.net.eval()

    async def score(self, window: list[list[float]]):
        tensor = torch.tensor(window).unsqueeze(0)
        with torch.no_grad():
            logits = self.net(tensor)  # expect: D16
        return torch.softmax(logits, dim=-1)[0].tolist()
