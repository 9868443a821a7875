"""How a model is spread over the ranks.

What a checkpoint holds is the same for all: the whole model and the whole state of the optimiser, by the names of the
parameters. So a run can go on with another strategy, and with another number of ranks.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from .capabilities import strategies, version
from .errors import DeviceError
from .models import Block, Layer

State = dict[str, Tensor]
# What AdamW keeps of each parameter: exp_avg, exp_avg_sq, step.
OptimizerState = dict[str, dict[str, Tensor]]


class Single:
    """One process, one whole model."""

    def __init__(self, model: nn.Module, device: torch.device, learning_rate: float) -> None:
        self.parameters = sum(parameter.numel() for parameter in model.parameters())
        self.device = device
        self.model = self.wrap(model)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=learning_rate)

    def wrap(self, model: nn.Module) -> nn.Module:
        return model.to(self.device)

    def shard_parameters(self) -> int:
        """How many numbers of the model this rank holds between steps."""
        return self.parameters

    def clip(self, norm: float) -> float:
        """Scales the gradients down to the norm. Returns that which they had, over the whole model."""
        return float(nn.utils.clip_grad_norm_(self.model.parameters(), norm))

    def state(self) -> tuple[State, OptimizerState]:
        """The whole state, on the CPU. For all ranks to call; only rank 0's answer is whole."""
        model = self._whole_model()
        names = {parameter: name for name, parameter in model.named_parameters()}
        return _on_cpu(model.state_dict()), {
            names[parameter]: _on_cpu(state) for parameter, state in self.optimizer.state.items()
        }

    def load_optimizer(self, state: OptimizerState) -> None:
        """Takes the whole state of an optimiser. The model's own is loaded before it is wrapped."""
        names = [name for name, _ in self._whole_model().named_parameters()]
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": {i: state[n] for i, n in enumerate(names)}, "param_groups": groups})

    def _whole_model(self) -> nn.Module:
        return self.model


class Ddp(Single):
    """Every rank has the whole model; gradients are averaged."""

    def wrap(self, model: nn.Module) -> nn.Module:
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(model.to(self.device), device_ids=ids)

    def _whole_model(self) -> nn.Module:
        return self.model.module


class Sharded(Single):
    """Every rank keeps its part of the parameters and of the optimiser's state, and gathers a layer when needed."""

    def state(self) -> tuple[State, OptimizerState]:
        from torch.distributed.checkpoint.state_dict import get_state_dict

        model, optimizer = get_state_dict(self.model, self.optimizer, options=_whole(self.device))
        return _on_cpu(model), {name: _on_cpu(state) for name, state in optimizer.get("state", {}).items()}

    def load_optimizer(self, state: OptimizerState) -> None:
        from torch.distributed.checkpoint.state_dict import set_optimizer_state_dict

        groups = [{**group, "params": list(state)} for group in self.optimizer.state_dict()["param_groups"]]
        whole: Any = {"state": state, "param_groups": groups}
        set_optimizer_state_dict(self.model, self.optimizer, whole, options=_whole(self.device))


class Fsdp1(Sharded):
    """FullyShardedDataParallel."""

    def wrap(self, model: nn.Module) -> nn.Module:
        from torch.distributed.fsdp import FullyShardedDataParallel
        from torch.distributed.fsdp.wrap import ModuleWrapPolicy

        return FullyShardedDataParallel(
            model,
            auto_wrap_policy=ModuleWrapPolicy({Block, Layer}),
            # Told, as it would ask for an accelerator.
            device_id=self.device,
            use_orig_params=True,
        )

    def shard_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.model.parameters())

    def clip(self, norm: float) -> float:
        clip_grad_norm_: Any = self.model.clip_grad_norm_
        return float(clip_grad_norm_(norm))


class Fsdp2(Sharded):
    """`fully_shard`."""

    def wrap(self, model: nn.Module) -> nn.Module:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        model = model.to(self.device)
        mesh = init_device_mesh(self.device.type, (dist.get_world_size(),))
        for part in model.modules():
            if isinstance(part, (Block, Layer)):
                fully_shard(part, mesh=mesh)
        fully_shard(model, mesh=mesh)
        return model

    def shard_parameters(self) -> int:
        return sum(parameter.to_local().numel() for parameter in self.model.parameters())

    def clip(self, norm: float) -> float:
        total: Any = nn.utils.clip_grad_norm_(self.model.parameters(), norm)
        return float(total.full_tensor())


STRATEGIES = {"single": Single, "ddp": Ddp, "fsdp1": Fsdp1, "fsdp2": Fsdp2}


def check_strategy(name: str, device: torch.device, size: int) -> None:
    """Raises DeviceError where this torch cannot do it, or the number of ranks makes no sense."""
    if name == "single" and size > 1:
        raise DeviceError(f'strategy "single" is for one process, and WORLD_SIZE is {size}')
    found = f"torch {torch.__version__} on {device.type}"
    if version() < (1, 13):
        raise DeviceError(f"{found} is too old; torch 1.13 or newer is needed")
    possible = strategies(device.type)
    if name == "single" or name in possible:
        return
    if "ddp" not in possible:
        raise DeviceError(f"{found} cannot join processes; it has no {'gloo' if device.type == 'cpu' else 'NCCL'}")
    needed = "2.4" if name == "fsdp1" else "2.7" if device.type == "cpu" else "2.6"
    raise DeviceError(f"{found} cannot run {name.upper()}; it needs torch {needed} or newer")


def _whole(device: torch.device) -> Any:
    from torch.distributed.checkpoint.state_dict import StateDictOptions

    # Moving to the CPU what is there already ends FSDP1 with a segmentation fault.
    return StateDictOptions(full_state_dict=True, cpu_offload=device.type != "cpu")


def _on_cpu(state: Any) -> State:
    return {name: torch.as_tensor(value).detach().cpu() for name, value in state.items()}
