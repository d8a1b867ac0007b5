"""Runs of text and QR codes written as SVG, and fonts as CSS. Pure: text in, text out."""
