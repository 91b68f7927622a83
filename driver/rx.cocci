// SPDX-License-Identifier: GPL-2.0-only
//
// Puts the receive hook into a NIC driver.
//
// Why: a packet's core can only be chosen for free where the driver hands the
// packet over, before GRO has touched it; and what was staged for other cores has
// to leave before the poll ends, because the NAPI may next be polled elsewhere.
// So the hand-over calls, the completion of a poll and every return of a poll
// function go through vsext_hook.h. Transmit-only polls match as well: there is
// nothing to flush in them, and no rule can tell them apart for sure.
//
// spatch --sp-file rx.cocci --include-headers --dir DRIVER --in-place

@receive@
expression N, S;
@@
- napi_gro_receive(N, S)
+ vsext_gro_receive(N, S)

@frags@
expression N;
@@
- napi_gro_frags(N)
+ vsext_gro_frags(N)

@complete_done@
expression N, W;
@@
- napi_complete_done(N, W)
+ vsext_complete_done(N, W)

@complete@
expression N;
@@
- napi_complete(N)
+ vsext_complete(N)

@poll@
identifier poll, napi, budget;
expression E;
@@
int poll(struct napi_struct *napi, int budget)
{
<+...
- return E;
+ return vsext_poll_end(napi, E);
...+>
}

// Ahead of the first #include, since the last one may be conditional.
@angle depends on receive || frags || complete_done || complete || poll@
@@
+ #include "vsext_hook.h"
#include <...>

@quote depends on (receive || frags || complete_done || complete || poll) && !angle@
@@
+ #include "vsext_hook.h"
#include "..."
