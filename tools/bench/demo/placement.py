# SPDX-License-Identifier: GPL-2.0-only
"""
Where the demo, as a controller would, sends each VM's flow. It knows the core of
each flow's hardware interrupt and the cores that are free of VMs.
"""


def spread(irqs, free):
    """
    A flow stays where its interrupt is if that core is free of VMs and of other
    flows' interrupts; the others go to free cores that have no flow yet.
    """
    places = [c if c in free and irqs.count(c) == 1 else None for c in irqs]
    for i, place in enumerate(places):
        if place is None:
            left = [c for c in free if c not in places] or free
            places[i] = next((c for c in left if c not in irqs), left[0])
    return places


def together(irqs, free):
    """All to one free core that takes none of their interrupts."""
    return [next((c for c in free if c not in irqs), free[0])] * len(irqs)


PLACES = {"spread": spread, "together": together}
