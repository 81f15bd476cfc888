import { z } from 'zod';

/** Must be imported first: the page's policy forbids `new Function`, which zod would otherwise try. */
z.config({ jitless: true });
