import type { Context } from '../../src/context.ts';
import type { Jobs } from '../../src/queue/queue.ts';
import { processUpload } from '../../src/subscribers/transfer/uploaded-import.ts';

export async function importReadersJob(
  context: Context,
  { import_id }: Jobs['import-readers'],
): Promise<void> {
  await processUpload(context, import_id);
}
