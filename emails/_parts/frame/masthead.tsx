import type { ReactNode } from 'react';
import { styles } from './styles.ts';

/** The band at the top of every mail. */
export function Masthead({ children }: { children?: ReactNode }) {
  return (
    <div style={styles.masthead} className="pad d-band d-onband">
      <p style={styles.brand} className="d-onband">
        Weekly AI Tool Verdicts
      </p>
      {children ? (
        <p style={styles.onBand} className="d-onband">
          {children}
        </p>
      ) : null}
    </div>
  );
}
