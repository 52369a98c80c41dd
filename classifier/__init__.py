"""Emotion types, label sets, text, bundles and the classifier service. Knows nothing of chat."""
