import type { Context } from '../../src/context.ts';
import type { Jobs } from '../../src/queue/queue.ts';
import { sendBatch } from '../../src/sending/submit/send-batch.ts';

export async function sendBatchJob(context: Context, { batch_id }: Jobs['send-batch']): Promise<void> {
  await sendBatch(context, batch_id);
}
