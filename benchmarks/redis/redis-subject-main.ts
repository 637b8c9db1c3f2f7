/** The process of one subject over Redis, spoken to by `AskedProcess`. */
import { itemKey, shuffledNumbers } from '../measure/item-keys.ts'
import { costOf } from '../subjects/cost-of.ts'
import { profileOf } from './redis-subject.ts'
import { redisSubjects } from './redis-subjects.ts'
import type { RedisSubjectAnswer, RedisSubjectRequest } from './redis-work.ts'
import { type OpenSubject, workOff } from './work-off.ts'

const SETS_AT_ONCE = 100
const NOTHING: RedisSubjectAnswer = { wallNs: 0, cpuNs: 0 }

let open: OpenSubject | undefined

// What fails here ends the process, which the parent takes as the answer.
process.on('message', (request: RedisSubjectRequest) => {
  void answer(request).then((done) => process.send?.(done))
})
process.on('disconnect', () => process.exit())

async function answer(request: RedisSubjectRequest): Promise<RedisSubjectAnswer> {
  if (request.kind === 'open') {
    open = await opened(request)
    return NOTHING
  }
  if (open === undefined) throw new Error('Cannot measure: nothing is open')
  if (request.kind === 'close') {
    await open.subject.close()
    return NOTHING
  }
  const { subject, keys, next } = open
  const current: OpenSubject = { subject, keys, next }
  const startedAtMs = performance.now()
  const cpuNs = await costOf(() => workOff(current, request, request.count))
  open = current
  return { wallNs: (performance.now() - startedAtMs) * 1e6, cpuNs }
}

async function opened({
  subject: name,
  url,
  entries,
}: RedisSubjectRequest & { readonly kind: 'open' }): Promise<OpenSubject> {
  const subject = await redisSubjects[name](url)
  const ids = shuffledNumbers(entries)
  for (let from = 0; from < entries; from += SETS_AT_ONCE) {
    const some = ids.slice(from, from + SETS_AT_ONCE)
    await Promise.all(some.map((id) => subject.set(itemKey(id), profileOf(id))))
  }
  return { subject, keys: ids.map(itemKey), next: 0 }
}
