"""The pages: server-rendered, whole without JavaScript, nothing loaded from elsewhere."""
