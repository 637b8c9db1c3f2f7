/** Files of a made-up source tree, each with what it imports. */
export type Tree = Readonly<Record<string, readonly string[]>>

/** Each layer once, importing all that it may: file → what it imports. */
export const RIGHT_TREE: Tree = {
  'src/core/value-objects/key.ts': [],
  'src/core/protocols/store.ts': ['../value-objects/key.ts'],
  'src/application/services/manager.ts': ['../../core/protocols/store.ts'],
  'src/application/commands/set-entry.ts': ['../services/manager.ts'],
  'src/application/queries/get-entry.ts': ['../../core/value-objects/key.ts'],
  'src/application/handlers/hit-handler.ts': ['../../core/protocols/store.ts'],
  'src/infrastructure/repositories/memory-store.ts': [
    '../../core/protocols/store.ts',
    'node:crypto',
  ],
  'src/infrastructure/repositories/redis-store.ts': ['./memory-store.ts', '@redis/client'],
  'src/infrastructure/repositories/redis/frame.ts': ['@redis/client'],
  'src/infrastructure/redis/connection.ts': ['@redis/client'],
  'src/infrastructure/invalidators/regex-engine.ts': ['../../core/value-objects/key.ts', 're2js'],
  'src/infrastructure/distributors/kafka-distributor.ts': ['@platformatic/kafka'],
  'src/extensions/hooks/pre-hook.ts': ['../../core/value-objects/key.ts'],
  'src/api/models/response.ts': ['typebox'],
  'src/api/routers/router.ts': [
    '../models/response.ts',
    '../../application/queries/get-entry.ts',
    '../../core/value-objects/key.ts',
    'fastify',
    '@fastify/swagger',
    'prom-client',
  ],
  'src/module.ts': [
    './application/commands/set-entry.ts',
    './application/queries/get-entry.ts',
    './application/handlers/hit-handler.ts',
    './infrastructure/repositories/memory-store.ts',
    './infrastructure/repositories/redis-store.ts',
    './infrastructure/repositories/redis/frame.ts',
    './infrastructure/redis/connection.ts',
    './infrastructure/invalidators/regex-engine.ts',
    './infrastructure/distributors/kafka-distributor.ts',
    './extensions/hooks/pre-hook.ts',
  ],
  'src/index.ts': ['./module.ts', './core/value-objects/key.ts'],
  'src/http.ts': ['./api/routers/router.ts'],
  'src/testing/contract.ts': ['../core/protocols/store.ts'],
  'src/testing.ts': ['./testing/contract.ts', './infrastructure/repositories/memory-store.ts'],
  'src/integrations/express.ts': ['../index.ts', '../http.ts'],
  'src/server/listen.ts': ['../module.ts', '../api/routers/router.ts', 'fastify', 'node:http'],
  'src/cli/main.ts': [
    '../server/listen.ts',
    '../api/models/response.ts',
    '../core/value-objects/key.ts',
    'commander',
    'picocolors',
  ],
}

/** One wrong file: the rule it breaks, where it stands, what it imports. */
export type WrongImport = readonly [rule: string, file: string, imported: string]

export const WRONG_IMPORTS: readonly WrongImport[] = [
  [
    'core-looks-inwards',
    'src/core/entities/to-application.ts',
    '../../application/services/manager.ts',
  ],
  ['core-looks-inwards', 'src/core/entities/to-module.ts', '../../module.ts'],
  [
    'application-looks-inwards',
    'src/application/services/to-infrastructure.ts',
    '../../infrastructure/repositories/memory-store.ts',
  ],
  [
    'application-looks-inwards',
    'src/application/services/to-api.ts',
    '../../api/models/response.ts',
  ],
  [
    'infrastructure-looks-inwards',
    'src/infrastructure/repositories/to-application.ts',
    '../../application/services/manager.ts',
  ],
  [
    'extensions-looks-inwards',
    'src/extensions/hooks/to-application.ts',
    '../../application/services/manager.ts',
  ],
  [
    'extensions-looks-inwards',
    'src/extensions/hooks/to-infrastructure.ts',
    '../../infrastructure/repositories/memory-store.ts',
  ],
  [
    'api-looks-inwards',
    'src/api/routers/to-infrastructure.ts',
    '../../infrastructure/repositories/memory-store.ts',
  ],
  ['api-looks-inwards', 'src/api/routers/to-server.ts', '../../server/listen.ts'],
  ['api-looks-inwards', 'src/api/routers/to-extensions.ts', '../../extensions/hooks/pre-hook.ts'],
  ['testing-looks-inwards', 'src/testing/to-module.ts', '../module.ts'],
  ['the-contracts-are-for-users', 'src/server/to-contract.ts', '../testing/contract.ts'],
  [
    'integrations-use-the-public-surface',
    'src/integrations/to-core.ts',
    '../core/value-objects/key.ts',
  ],
  ['integrations-use-the-public-surface', 'src/integrations/to-module.ts', '../module.ts'],
  [
    'the-server-gets-its-cache-from-module',
    'src/server/to-infrastructure.ts',
    '../infrastructure/repositories/memory-store.ts',
  ],
  ['the-server-gets-its-cache-from-module', 'src/server/to-cli.ts', '../cli/main.ts'],
  [
    'the-cli-is-a-client-of-the-service',
    'src/cli/to-application.ts',
    '../application/services/manager.ts',
  ],
  ['the-cli-is-a-client-of-the-service', 'src/cli/to-module.ts', '../module.ts'],
  ['core-and-application-are-pure', 'src/core/entities/to-node.ts', 'node:crypto'],
  ['core-and-application-are-pure', 'src/core/entities/to-bare-node.ts', 'fs'],
  ['core-and-application-are-pure', 'src/application/services/to-package.ts', 're2js'],
  [
    'core-and-application-are-pure',
    'src/application/services/to-missing-package.ts',
    'not-installed',
  ],
  [
    'a-query-never-reaches-a-command',
    'src/application/queries/to-command.ts',
    '../commands/set-entry.ts',
  ],
  [
    'a-query-never-reaches-a-command',
    'src/application/queries/to-handler.ts',
    '../handlers/hit-handler.ts',
  ],
  [
    'only-module-knows-handlers',
    'src/application/commands/to-handler.ts',
    '../handlers/hit-handler.ts',
  ],
  [
    'only-module-knows-handlers',
    'src/server/to-handler.ts',
    '../application/handlers/hit-handler.ts',
  ],
  [
    'adapters-do-not-know-each-other',
    'src/infrastructure/distributors/to-repository.ts',
    '../repositories/memory-store.ts',
  ],
  [
    'adapters-do-not-know-each-other',
    'src/infrastructure/distributors/to-loose-file.ts',
    '../loose.ts',
  ],
  [
    'only-module-knows-adapters',
    'src/integrations/to-infrastructure.ts',
    '../infrastructure/repositories/memory-store.ts',
  ],
  ['only-the-top-knows-module', 'src/api/routers/to-module.ts', '../../module.ts'],
  ['the-public-entries-are-for-users', 'src/server/to-index.ts', '../index.ts'],
  ['the-public-entries-are-for-users', 'src/cli/to-http.ts', '../http.ts'],
  [
    'the-public-entries-are-for-users',
    'src/infrastructure/repositories/to-testing.ts',
    '../../testing.ts',
  ],
  ['one-index-and-no-other-barrel', 'src/extensions/hooks/to-barrel.ts', './index.ts'],
  ['regexes-have-one-home', 'src/infrastructure/repositories/to-regex.ts', 're2js'],
  [
    'the-service-packages-stay-in-the-service',
    'src/infrastructure/repositories/to-fastify.ts',
    'fastify',
  ],
  ['the-service-packages-stay-in-the-service', 'src/cli/to-typebox.ts', 'typebox'],
  [
    'the-service-packages-stay-in-the-service',
    'src/extensions/hooks/to-swagger.ts',
    '@fastify/swagger',
  ],
  ['the-service-packages-stay-in-the-service', 'src/integrations/to-prometheus.ts', 'prom-client'],
  ['the-cli-packages-stay-in-the-cli', 'src/server/to-commander.ts', 'commander'],
  ['the-cli-packages-stay-in-the-cli', 'src/api/routers/to-picocolors.ts', 'picocolors'],
  ['a-redis-client-has-one-home', 'src/infrastructure/distributors/to-redis.ts', '@redis/client'],
  [
    'a-kafka-client-has-one-home',
    'src/infrastructure/repositories/to-kafka.ts',
    '@platformatic/kafka',
  ],
  ['only-what-the-package-declares', 'src/server/to-dev-package.ts', 'only-for-development'],
  ['only-what-the-package-declares', 'src/server/to-undeclared-package.ts', 'undeclared'],
  ['nothing-unresolved', 'src/server/to-nowhere.ts', './gone.ts'],
  ['source-imports-source', 'src/server/to-tests.ts', '../../tests/fake.ts'],
  ['no-cycles', 'src/extensions/hooks/cycle-a.ts', './cycle-b.ts'],
]

/** Files that the wrong ones need to exist. */
export const WRONG_TREE_PROPS: Tree = {
  'tests/fake.ts': [],
  'src/infrastructure/loose.ts': [],
  'src/extensions/hooks/index.ts': ['./pre-hook.ts'],
  'src/extensions/hooks/cycle-b.ts': ['./cycle-a.ts'],
  'src/extensions/hooks/orphan.ts': [],
}
