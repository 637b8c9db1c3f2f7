import type { SweepService } from '../application/services/cache-manager.ts'
import type { NamespacePorts } from '../application/services/namespace-ports.ts'
import { RemoteSweeper } from '../application/services/stores/remote-sweeper.ts'
import type { SharedSweeper } from '../application/services/stores/shared-sweeper.ts'
import type { TimeInvalidator } from '../infrastructure/invalidators/time-invalidator.ts'

/** Memory is swept by the timer of the cache, a backend page by page, and what nodes share by one of them. */
export function sweepService(
  timer: TimeInvalidator,
  sharedSweeper: SharedSweeper | undefined,
): SweepService {
  const sweepers = new Map<NamespacePorts, RemoteSweeper>()
  return {
    opened: (ports) => {
      const memory = ports.memory ?? ports.shared?.near.memory
      if (memory === undefined) sweepers.set(ports, new RemoteSweeper(ports))
      else timer.add(memory)
    },
    request: (ports, round) => {
      const memory = ports.memory ?? ports.shared?.near.memory
      if (memory === undefined) sweepers.get(ports)?.request(round)
      else timer.requestRound(memory, round)
    },
    close: () => {
      timer.close()
      sharedSweeper?.close()
      for (const sweeper of sweepers.values()) sweeper.close()
    },
  }
}
