import type { Context } from '../../context.ts';

/** Metadata of a public page: canonical path, summary, and facts for search engines. */
export interface PublicPage {
  path: string;
  /** The canonical URL, if it is not ours. */
  canonical?: string;
  description: string;
  /** Publication time of an article; undefined for a list. */
  published_at?: Date | undefined;
  /** The tools it is about. */
  about?: readonly { name: string; category: string }[];
  image?: PublicImage | undefined;
}

export interface PublicImage {
  path: string;
  alt: string;
  width: number;
  height: number;
}

const SITE = 'Weekly AI Tool Verdicts';

/** Canonical link, Open Graph, and JSON-LD (schema.org), which states that the panel's reviews are not by people. */
export function PublicHead({ title, page, context }: { title: string; page: PublicPage; context: Context }) {
  const url = page.canonical ?? context.config.publicUrl + page.path;
  const { published_at } = page;
  return (
    <>
      <link rel="canonical" href={url} />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={page.description} />
      <meta property="og:url" content={url} />
      <meta property="og:site_name" content={SITE} />
      <meta property="og:type" content={published_at ? 'article' : 'website'} />
      {published_at ? <meta property="article:published_time" content={published_at.toISOString()} /> : null}
      {page.image ? <ImageTags image={page.image} publicUrl={context.config.publicUrl} /> : null}
      {published_at ? (
        <script
          type="application/ld+json"
          // Not as a child, which would be escaped; "<" is the only character that could close the element.
          dangerouslySetInnerHTML={{
            __html: JSON.stringify(articleOf(title, url, page, published_at, context)).replaceAll(
              '<',
              '\\u003c',
            ),
          }}
        />
      ) : null}
    </>
  );
}

function ImageTags({ image, publicUrl }: { image: PublicImage; publicUrl: string }) {
  return (
    <>
      <meta property="og:image" content={publicUrl + image.path} />
      <meta property="og:image:alt" content={image.alt} />
      <meta property="og:image:width" content={String(image.width)} />
      <meta property="og:image:height" content={String(image.height)} />
      <meta name="twitter:card" content="summary_large_image" />
    </>
  );
}

function articleOf(
  headline: string,
  url: string,
  { description, about = [], image }: PublicPage,
  published_at: Date,
  { config }: Context,
) {
  return {
    '@context': 'https://schema.org',
    '@type': 'Article',
    headline,
    description,
    url,
    ...(image ? { image: config.publicUrl + image.path } : {}),
    datePublished: published_at.toISOString(),
    author: { '@type': 'Organization', name: SITE },
    publisher: { '@type': 'Organization', name: SITE },
    ...(config.panelLabel
      ? {
          creditText: `Verdicts and quotes marked “${config.panelLabel}” come from AI personas.`,
        }
      : {}),
    about: about.map(({ name, category }) => ({
      '@type': 'SoftwareApplication',
      name,
      applicationCategory: category,
    })),
  };
}
