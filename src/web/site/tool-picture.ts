import type { PageContext } from '../layout/page.tsx';

/** A tool's own picture. Its name is made from its bytes, so it never changes. */
export async function toolPicture(c: PageContext) {
  const name = c.req.param('name') ?? '';
  const picture = await c
    .get('context')
    .db.selectFrom('pictures')
    .select('bytes')
    .where('name', '=', name)
    .executeTakeFirst();
  return picture
    ? c.body(new Uint8Array(picture.bytes), 200, {
        'Content-Type': name.endsWith('.png') ? 'image/png' : 'image/jpeg',
        'Cache-Control': 'public, max-age=31536000, immutable',
      })
    : c.notFound();
}
