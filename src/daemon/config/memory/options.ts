/** The options that say how much memory workers may take. */

export const MEMORY_OPTIONS = {
  'max-memory': {
    type: 'string',
    value: 'SIZE',
    numeric: true,
    description: 'replace a worker that takes more memory than this, with its descendants: 512M, 1.5G',
    defaultDescription: 'any amount',
  },
} as const;
