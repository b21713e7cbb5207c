import type { ReactNode } from 'react';

interface PageProps {
  title: ReactNode;
  /** What the tab of the browser says. */
  heading: string;
  /** The way back up. */
  above?: ReactNode;
  /** In a line: what is known of it. */
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page: what it is about, what can be done, and the rest. */
export function Page({ title, heading, above, about, actions, children }: PageProps) {
  return (
    <>
      <title>{`${heading} · Carrel`}</title>
      <div className="mx-auto grid w-full max-w-7xl grid-cols-[minmax(0,1fr)] content-start gap-6 p-4 sm:px-8 sm:py-6">
        <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
          <div className="grid min-w-0 gap-1">
            {above !== undefined && <div className="text-sm text-soft">{above}</div>}
            <h1 className="text-xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
            {about !== undefined && <div className="max-w-3xl text-sm text-soft">{about}</div>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
        {children}
      </div>
    </>
  );
}

/** A part of a page with a name. */
export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-2">
        <h2 className="text-base font-semibold">{title}</h2>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** A sheet of paper. */
export function Panel({ children, className = '' }: { children: ReactNode; className?: string }) {
  return <div className={`min-w-0 rounded-lg border border-line bg-panel p-4 shadow-xs ${className}`}>{children}</div>;
}

/** Facts, each with its name. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-4">{children}</dl>;
}

export function Fact({ name, children, isWide = false }: { name: string; children: ReactNode; isWide?: boolean }) {
  return (
    <div className={`min-w-0 ${isWide ? 'col-span-2' : ''}`}>
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="text-sm wrap-anywhere">{children}</dd>
    </div>
  );
}
