"""Layers as text: activations, normalizations, starts, and those that PyTorch does not have."""

from __future__ import annotations

from collections.abc import Mapping

#: Every activation as PyTorch's layer, or one that the program has itself.
ACTIVATION_TEXTS: Mapping[str, str] = {
    "identity": "nn.Identity()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU(‹negative_slope›)",
    "prelu": "nn.PReLU(‹slopes›)",
    "rrelu": "RReLU()",
    "relu6": "nn.ReLU6()",
    "elu": "nn.ELU(‹elu_alpha›)",
    "celu": "nn.CELU(‹elu_alpha›)",
    "selu": "nn.SELU()",
    "gelu": "nn.GELU()",
    "silu": "nn.SiLU()",
    "mish": "nn.Mish()",
    "softplus": "nn.Softplus()",
    "softsign": "nn.Softsign()",
    "log_sigmoid": "nn.LogSigmoid()",
    "hard_sigmoid": "nn.Hardsigmoid()",
    "hard_tanh": "nn.Hardtanh()",
    "hard_swish": "nn.Hardswish()",
    "maxout": "Maxout()",
}


#: Every normalisation as a layer; nothing for none.
NORMALIZATION_TEXTS: Mapping[str, str] = {
    "none": "",
    "batch": "BatchNorm(‹width›)",
    "layer": "nn.LayerNorm(‹width›)",
}


#: What each initialization does to a layer's weight; PyTorch's own does all by itself.
INITIALIZATION_TEXTS: Mapping[str, tuple[str, str]] = {
    "torch_default": ("", ""),
    "zeros": ("at 0", "nn.init.zeros_(layer.weight)"),
    "xavier_uniform": (
        "uniform, as Glorot and Bengio 2010 have it",
        "nn.init.xavier_uniform_(layer.weight, gain)",
    ),
    "xavier_normal": (
        "normal, as Glorot and Bengio 2010 have it",
        "nn.init.xavier_normal_(layer.weight, gain)",
    ),
    "kaiming_uniform": (
        "uniform, as He et al. 2015 have it",
        "bound = gain * math.sqrt(3 / inputs)\nnn.init.uniform_(layer.weight, -bound, bound)",
    ),
    "kaiming_normal": (
        "normal, as He et al. 2015 have it",
        "nn.init.normal_(layer.weight, std=gain / math.sqrt(inputs))",
    ),
    "lecun_uniform": (
        "uniform, as LeCun et al. 1998 have it",
        "bound = math.sqrt(3 / inputs)\nnn.init.uniform_(layer.weight, -bound, bound)",
    ),
    "lecun_normal": (
        "normal, as LeCun et al. 1998 have it",
        "nn.init.normal_(layer.weight, std=1 / math.sqrt(inputs))",
    ),
    "truncated_normal": (
        "normal within two deviations",
        """
        edge = (1 + math.erf(-2 / math.sqrt(2))) / 2
        shares = torch.rand(outputs, inputs) * (1 - 2 * edge) + edge
        normal = torch.special.ndtri(shares).clamp(-2, 2)
        scale = gain / math.sqrt(inputs) / 0.8796256610342398  # the deviation that is left
        layer.weight.data = normal * scale
        """,
    ),
    "orthogonal": (
        "orthogonal, as Saxe et al. 2013 have it",
        """
        tall = torch.randn(max(inputs, outputs), min(inputs, outputs))
        q, r = torch.linalg.qr(tall)
        q = q * r.diagonal().sign()
        layer.weight.data = gain * (q if inputs <= outputs else q.T)
        """,
    ),
}


#: Those in which what follows a layer plays a part.
GAINED = frozenset(
    {"xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"}
    | {"truncated_normal", "orthogonal"}
)


STARTED = '''
    def linear(inputs, outputs‹gained›‹biased›):
        """A layer whose weights start ‹says›, its biases at 0."""
        layer = nn.utils.skip_init(nn.Linear, inputs, outputs‹bias›)
        ‹weights›
        ‹zeros›
        return layer
'''


EMBEDDING = '''
    def embedding(n_codes, width):
        """A few numbers for each code; those of an unseen and a missing level start at 0."""
        start = torch.cat([torch.zeros(2, width), torch.randn(n_codes - 2, width)])
        return nn.Embedding.from_pretrained(start, freeze=False)
'''


WIDTH_OF = '''
    def width_of(n_codes):
        """Numbers for each code: a few more where there are many."""
        return min(8, round(1.6 * n_codes**0.56))
'''


BATCH_NORM = '''
    class BatchNorm(nn.BatchNorm1d):
        """Batch normalization whose first batches count in full in the running statistics."""

        def forward(self, x):
            ‹single›if self.training:
                self.momentum = max(1 / (int(self.num_batches_tracked) + 1), 0.1)
            return super().forward(x)
'''


SINGLE = """if len(x) == 1:  # one row has no variance
            mean, variance = self.running_mean, self.running_var
            return functional.batch_norm(x, mean, variance, self.weight, self.bias)
        """


RRELU = '''
    class RReLU(nn.Module):
        """x where it is positive, else x times a slope: drawn in a step, the mean one otherwise."""

        def forward(self, x):
            if not self.training:
                return functional.leaky_relu(x, (1 / 8 + 1 / 3) / 2)
            slopes = torch.empty_like(x).uniform_(1 / 8, 1 / 3)
            return torch.where(x > 0, x, slopes * x)
'''


MAXOUT = '''
    class Maxout(nn.Module):
        """The largest of ‹pieces› sums for each neuron."""

        def forward(self, x):
            return x.unflatten(1, (‹pieces›, -1)).max(dim=1).values
'''


BLOCK = '''
    class Block(nn.Module):
        """Adds to its input what a few layers make of it."""

        def __init__(self):
            super().__init__()
            ‹layers›

        def forward(self, x):
            return x + self.layers(x)
'''


NETWORK = '''
    class Network(nn.Module):
        """Layers that see the numbers, and beside them the embedding of each code."""

        def __init__(self, n_inputs, n_codes, n_outputs):
            super().__init__()
            # One table a column of codes, in the order of the columns.
            tables = [embedding(count, width_of(count)) for count in n_codes]
            self.embeddings = nn.ModuleList(tables)
            n_inputs += sum(table.embedding_dim for table in tables)
            ‹layers›

        def forward(self, x, codes):
            embedded = [table(code) for table, code in zip(self.embeddings, codes.T, strict=True)]
            return self.layers(torch.cat([x, *embedded], dim=1))
'''


LINEAR_NETWORK = '''
    class Network(nn.Module):
        """A weighted sum of the numbers, and one number more for each code."""

        def __init__(self, n_inputs, n_codes, n_outputs):
            super().__init__()
            self.numbers = ‹layer›
            # One table a column of codes, in the order of the columns.
            tables = [torch.zeros(count, n_outputs) for count in n_codes]
            made = [nn.Embedding.from_pretrained(table, freeze=False) for table in tables]
            self.tables = nn.ModuleList(made)

        def forward(self, x, codes):
            outputs = self.numbers(x)
            for table, code in zip(self.tables, codes.T, strict=True):
                outputs = outputs + table(code)
            return outputs
'''
