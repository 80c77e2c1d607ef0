"""The subscriptions desk: who subscribes, with what proof."""
