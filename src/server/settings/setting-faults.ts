import { CacheError, isCacheError } from '../../core/exceptions/cache-error.ts'
import { cutText, describeValue } from '../../core/exceptions/describe-value.ts'
import { didYouMean } from './nearest-name.ts'

/** Where the value of a setting comes from. */
export interface SettingOrigin {
  readonly source: 'flag' | 'environment' | 'file' | 'default'
  /** As a person would look for it: `--port`, `PLATFORM_CACHE_PORT`, the path of the file, `default`. */
  readonly label: string
}

/** What is wrong with one setting. */
export interface SettingFault {
  /** Its path, such as `tenants.acme.apiKeys[0].scopes`. */
  readonly setting: string
  readonly origin: SettingOrigin
  /** The whole sentence. */
  readonly message: string
}

/** The service can't start with these settings. The message has one line per fault. */
export class SettingsInvalid extends CacheError {
  readonly faults: readonly SettingFault[]

  constructor(faults: readonly SettingFault[]) {
    super('CACHE_OPTION_INVALID', faults.map(({ message }) => message).join('\n'))
    this.faults = faults
  }
}

/** Collects what is wrong, so that one start tells all of it. */
export class SettingFaults {
  readonly #faults: SettingFault[]
  readonly #origin: SettingOrigin

  constructor(origin: SettingOrigin, faults: SettingFault[] = []) {
    this.#origin = origin
    this.#faults = faults
  }

  /** The same collection, for settings from elsewhere. */
  within(origin: SettingOrigin): SettingFaults {
    return new SettingFaults(origin, this.#faults)
  }

  /**
   * @param setting empty for the whole file
   * @param why without the beginning, which names the setting and where it was said
   */
  add(setting: string, why: string): void {
    const { label } = this.#origin
    const what = setting === '' ? 'the config file' : setting
    const message = `Cannot use ${what} (${label}): ${why}`
    this.#faults.push({ setting, origin: this.#origin, message })
  }

  /** What `parse` answers; `undefined` if it throws a `CacheError`, which is noted. */
  attempt<T>(setting: string, parse: () => T): T | undefined {
    try {
      return parse()
    } catch (error) {
      if (!isCacheError(error)) throw error
      // The beginning names the option as the library knows it; here the path of the setting stands there.
      this.add(setting, error.message.replace(/^Cannot [^:]*: /, ''))
      return undefined
    }
  }

  /**
   * The known fields of an object; none, with the fault noted, if it is no object. Unknown fields are noted.
   *
   * @param setting empty for the whole file
   * @param suggestions what an unknown name may have been meant to be; the known names if not said
   */
  record(
    setting: string,
    value: unknown,
    known: readonly string[],
    suggestions: readonly string[] = known,
  ): ReadonlyMap<string, unknown> {
    const fields = new Map(this.entries(setting, value))
    for (const name of fields.keys()) {
      if (known.includes(name)) continue
      const path = setting === '' ? name : `${setting}.${name}`
      this.add(cutText(path), `there is no such setting${didYouMean(name, suggestions)}`)
      fields.delete(name)
    }
    return fields
  }

  /** Names and values of an object that users name the fields of; none, with the fault noted, if it is none. */
  entries(setting: string, value: unknown): readonly (readonly [string, unknown])[] {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.entries(value)
    }
    this.add(setting, `expected an object, got ${describeValue(value)}`)
    return []
  }

  /** The members of a list; none, with the fault noted, if it is none. */
  list(setting: string, value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value
    this.add(setting, `expected an array, got ${describeValue(value)}`)
    return []
  }

  /** @throws SettingsInvalid if there is any fault */
  throwIfAny(): void {
    if (this.#faults.length > 0) throw new SettingsInvalid([...this.#faults])
  }
}
