import path from 'node:path';
import { defineConfig, type OxlintOverride } from 'oxlint';
import { mayImport, placeOf, readDiagram } from './tests/architecture/diagram.ts';

/** Outside of what these product folders exist for: pages, clocks and the provider's SDK. */
const BARRED: Record<string, string[]> = {
  'src/comparisons': ['hono', 'node-cron', 'resend'],
  'src/subscribers': ['hono', 'node-cron', 'resend'],
  'src/votes': ['hono', 'node-cron', 'resend'],
  'src/issues': ['hono', 'node-cron', 'resend'],
  'src/sending': ['hono', 'node-cron'],
};

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'react', 'jsx-a11y', 'vitest', 'node'],
  categories: {
    correctness: 'error',
    suspicious: 'error',
  },
  rules: {
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'import/no-unassigned-import': 'off',
    'react/react-in-jsx-scope': 'off',
    'jsx-a11y/prefer-tag-over-role': 'off',
    'jsx-a11y/control-has-associated-label': 'off',
    'eslint/no-unused-vars': [
      'error',
      {
        argsIgnorePattern: '^_',
        destructuredArrayIgnorePattern: '^_',
        ignoreRestSiblings: true,
        varsIgnorePattern: '^_',
      },
    ],
    'vitest/expect-expect': [
      'error',
      {
        assertFunctionNames: ['expect*'],
      },
    ],
    'react/jsx-key': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': [
      'error',
      {
        checksVoidReturn: {
          arguments: false,
        },
      },
    ],
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/unbound-method': 'off',
    'typescript/consistent-return': 'off',
    'import/no-named-as-default-member': 'off',
    'typescript/await-thenable': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'eslint/no-console': 'error',
    'eslint/no-shadow': 'off',
    'eslint/no-await-in-loop': 'off',
    'eslint/max-lines': [
      'error',
      {
        max: 200,
        skipBlankLines: true,
        skipComments: true,
      },
    ],
    'eslint/max-lines-per-function': [
      'error',
      {
        max: 50,
        skipBlankLines: true,
        skipComments: true,
      },
    ],
    'eslint/eqeqeq': 'error',
    'eslint/no-restricted-imports': 'off',
  },
  overrides: [
    {
      files: ['emails/**/*.tsx', '*.config.ts', 'tests/support/global-setup.ts'],
      rules: {
        'import/no-default-export': 'off',
      },
    },
    {
      files: ['tests/**'],
      rules: {
        'unicorn/consistent-function-scoping': 'off',
        'vitest/valid-expect': [
          'error',
          {
            maxArgs: 2,
          },
        ],
        'eslint/max-lines-per-function': 'off',
        'eslint/max-lines': 'off',
      },
    },
    {
      files: ['migrations/**'],
      rules: {
        'eslint/max-lines-per-function': 'off',
      },
    },
    {
      files: ['src/database/schema.ts'],
      rules: {
        'eslint/max-lines': 'off',
      },
    },
    {
      files: ['migrations/**'],
      rules: {
        'eslint/no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                group: ['./**', '../**'],
                message: 'Migrations are frozen in time: no app code.',
              },
            ],
          },
        ],
      },
    },
    {
      files: ['src/commands/**', 'tests/bench/**', 'tests/dev/**'],
      rules: {
        'eslint/no-console': 'off',
      },
    },
    ...layers(),
  ],
});

/** For each room of docs/rooms.md: nothing may be imported but its own files and the doors that arrows lead to. */
function layers(): OxlintOverride[] {
  const diagram = readDiagram(import.meta.dirname);
  return [...diagram.rooms].map((from) => {
    const place = placeOf(from, diagram);
    const isFile = place.endsWith('.ts');
    const folder = isFile ? path.dirname(place) : place;
    const doors = [...diagram.rooms]
      .filter((to) => to !== from && mayImport(from, to, diagram))
      .map((to) => relativeTo(folder, placeOf(to, diagram)))
      // What migrations were and what they make, for comparing.
      .concat(from === 'migration' ? ['../../migrations/*.json'] : [])
      // Which version this is.
      .concat(from === 'installation' ? ['../../package.json'] : []);
    const paths = Object.entries(BARRED).find(([barred]) => place.startsWith(`${barred}/`))?.[1] ?? [];
    return {
      files: [isFile ? place : `${place}/*`],
      rules: {
        'eslint/no-restricted-imports': [
          'error',
          {
            paths,
            patterns: [
              {
                group: [
                  ...(isFile ? ['./**'] : ['./*/**']),
                  '../**',
                  ...doors.map((door) => `!${door}`),
                  ...doors.filter((door) => door.endsWith('/*')).map((door) => door.replace(/\*$/, '_*')),
                  ...(paths.includes('hono') ? ['hono/*', '@hono/*'] : []),
                ],
                message: `${from} has no arrow there in docs/architecture.md or docs/rooms.md, or the file is its room’s own.`,
              },
            ],
          },
        ],
      },
    };
  });
}

function relativeTo(folder: string, place: string): string {
  const target = place.endsWith('.ts') ? place : `${place}/*`;
  const relative = path.relative(folder, target);
  return relative.startsWith('.') ? relative : `./${relative}`;
}
