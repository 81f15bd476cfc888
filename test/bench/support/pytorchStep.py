"""A training step of an ONNX classifier in PyTorch: forward, cross-entropy, backward, SGD with momentum.

usage: pytorchStep.py MODEL.onnx BATCH SIDE THREADS [channels_last]
Each line on standard input asks for one step; its milliseconds come back as a line.
"""
import sys
import time

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

path, batch, side, threads = sys.argv[1], *map(int, sys.argv[2:5])
memory_format = torch.channels_last if "channels_last" in sys.argv[5:] else torch.contiguous_format
torch.set_num_threads(threads)
graph = onnx.load(path).graph
values = {each.name: torch.tensor(numpy_helper.to_array(each)) for each in graph.initializer}


def padded(x, pads, value=0.0):
    top, left, bottom, right = pads
    if (top, left) == (bottom, right):
        return x, (top, left)
    return F.pad(x, (left, right, top, bottom), value=value), (0, 0)


def run(node, inputs):
    attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    kind = node.op_type
    if kind == "Conv":
        x, pads = padded(inputs[0], attributes["pads"])
        bias = inputs[2] if len(inputs) > 2 else None
        return F.conv2d(x, inputs[1], bias, attributes["strides"], pads, groups=attributes["group"])
    if kind == "Relu":
        return F.relu(inputs[0])
    if kind == "Clip":
        return F.hardtanh(inputs[0], inputs[1].item(), inputs[2].item())
    if kind == "Add":
        return inputs[0] + inputs[1]
    if kind == "MaxPool":
        x, pads = padded(inputs[0], attributes["pads"], float("-inf"))
        return F.max_pool2d(x, attributes["kernel_shape"], attributes["strides"], pads)
    if kind == "GlobalAveragePool":
        return F.adaptive_avg_pool2d(inputs[0], 1)
    if kind == "Flatten":
        return inputs[0].flatten(1)
    if kind == "Gemm":
        return F.linear(inputs[0], inputs[1], inputs[2])
    if kind == "Identity":
        return inputs[0]
    raise ValueError(kind)


def forward(images):
    known = dict(values)
    known[graph.input[0].name] = images
    for node in graph.node:
        if node.op_type == "Softmax":
            continue
        known[node.output[0]] = run(node, [known[name] for name in node.input])
    return known["logits"]


parameters = []
for name, value in values.items():
    if value.dim() >= 1 and value.dtype == torch.float32:
        if value.dim() == 4:
            value = value.contiguous(memory_format=memory_format)
        values[name] = value.requires_grad_()
        parameters.append(values[name])
torch.manual_seed(1)
images = torch.rand(batch, 3, side, side).contiguous(memory_format=memory_format)
with torch.no_grad():
    classes = forward(images).shape[1]
labels = torch.arange(batch) % classes
optimiser = torch.optim.SGD(parameters, lr=1e-6, momentum=0.9)
print("ready", flush=True)
for _ in sys.stdin:
    begin = time.perf_counter()
    optimiser.zero_grad()
    F.cross_entropy(forward(images), labels).backward()
    optimiser.step()
    print(1000 * (time.perf_counter() - begin), flush=True)
