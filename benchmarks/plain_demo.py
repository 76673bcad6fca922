"""The fifteen-point job written plainly in PyTorch and matplotlib, to compare with.

    python benchmarks/plain_demo.py [FOLDER]

One linear layer, mean squared error, SGD with learning rate 0.01, 100 epochs of one full
batch; a picture and the parameters are saved in the folder (here, if none is named).
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import torch
from torch import nn

mpl.use("Agg")
import matplotlib.pyplot as plt  # after the backend is chosen

X = (3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 3.1)
Y = (1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 1.3)
EPOCHS = 100


def main(folder: Path) -> None:
    """Train, draw, save."""
    torch.manual_seed(1)
    inputs, targets = torch.tensor(X).view(-1, 1), torch.tensor(Y).view(-1, 1)
    model = nn.Linear(1, 1)
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for epoch in range(EPOCHS):
        loss = criterion(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"[{epoch + 1}/{EPOCHS}] loss:{loss.item():.4f}")
    with torch.no_grad():
        fitted = model(inputs)
    plt.plot(inputs, targets, "ro", label="Original Data")
    plt.plot(inputs, fitted, "b-", label="Fitted Line")
    plt.legend()
    plt.savefig(folder / "plain_demo.png")
    torch.save(model.state_dict(), folder / "plain_demo.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
