export const api = new URL(import.meta.env.VITE_WORKOS_BASE_URL ?? 'https://api.workos.com');
